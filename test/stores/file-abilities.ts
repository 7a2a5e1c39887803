/** What memory and disk both can: everything. */
export const STORE_ABILITIES = [
  'write',
  'staged',
  'stagedIn',
  'makeDir',
  'remove',
  'rename',
  'copy',
  'setAttributes',
  'hash',
  'space',
  'peek',
  'readAt',
  'tag',
] as const;
