/** Where `--fail` can strike: `ehlo` is LHLO too; `message` is the end of the data, whichever way it came. */
export const FAULT_WORDS = ['ehlo', 'helo', 'starttls', 'auth', 'mail', 'rcpt', 'data', 'bdat', 'message'] as const;

export type FaultWord = (typeof FAULT_WORDS)[number];
