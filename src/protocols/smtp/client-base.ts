/** nodemailer's SMTP connection with the inside that stepwise work needs. */
import SMTPConnection from 'nodemailer/lib/smtp-connection';

/** The parts of nodemailer's connection that are marked internal and that stepwise work needs. */
export interface Internals {
  _responseActions: ((text: string) => void)[];
  _responseQueue: string[];
  _responsePartial: boolean;
  _remainder: string;
  _destroyed: boolean;
  _onData(chunk: Uint8Array): void;
  _onError(error: Error, type: string, reply: string | false, command: string): void;
  _processResponse(): void;
  _clearPhase(): void;
  _sendCommand(line: string): void;
  _onSocketData(chunk: Uint8Array): void;
  _onSocketError(error: Error): void;
  _onSocketClose(): void;
  _onSocketEnd(): void;
  _onSocketTimeout(): void;
}

type Options = ConstructorParameters<typeof SMTPConnection>[0];
export const Base = SMTPConnection as unknown as new (options: Options) => SMTPConnection & Internals;
