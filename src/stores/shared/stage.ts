/** Milliseconds that what a cut upload left is kept. */
export const STAGE_KEPT_FOR = 24 * 3_600_000;
