/** All of them, by name. */
import type { Wire } from './wire.ts';
import { ftpClient, httpClient, imapClient, pop3Client, smtpClient } from './wires/clients.ts';
import { ftpSessions, httpSessions, inboxSessions } from './wires/file-servers.ts';
import { configFile, glob, proxyHeader, query, ruleFiles, target, transcript, zoneFile } from './wires/files.ts';
import { answers, fields, forms, indexes } from './wires/http.ts';
import { addresses, mailPath, mbox, mime, origin } from './wires/mail.ts';
import { imapSessions, pop3Sessions, smtpSessions } from './wires/mail-servers.ts';
import { ftpCommands, ftpListings, ftpReplies, imapResponses, pop3Replies, smtpReplies } from './wires/replies.ts';
import { frames } from './wires/web-socket.ts';

export const wires: readonly Wire[] = [
  ...[proxyHeader, zoneFile, target, glob, configFile, transcript, query, ruleFiles],
  ...[mime, addresses, mailPath, mbox, origin],
  ...[answers, forms, fields, indexes, frames],
  ...[imapResponses, pop3Replies, ftpReplies, ftpListings, ftpCommands, smtpReplies],
  ...[imapClient, pop3Client, smtpClient, ftpClient, httpClient],
  ...[imapSessions, pop3Sessions, smtpSessions, ftpSessions, httpSessions, inboxSessions],
];
