/** One thing that was checked. */
export interface ReportCase {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  /** One line: why it failed. */
  readonly message?: string;
  /** Lines for whoever looks closer; may hold peer text. */
  readonly details?: string;
}

/** One kind of report. Peer text reaches it raw; every writer escapes for its own format. */
export interface ReportWriter {
  case(result: ReportCase): void;
  finish(): Promise<void>;
}

/** Controls that no text format of ours carries; line breaks and tabs stay. */
export function withoutControls(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\p{Cs}/gu, '\ufffd');
}
