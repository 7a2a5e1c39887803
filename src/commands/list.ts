/** The verbs, in the order of `cs --help`. To add one is to add one line. */
import { certCaCommand, certIssueCommand, certShowCommand, certTrustCommand } from './cert/command.ts';
import { clearCommand } from './clear/command.ts';
import type { Command } from './command.ts';
import { completionCommand } from './completion/command.ts';
import { configSchemaCommand, configShowCommand } from './config/command.ts';
import { cpCommand } from './cp/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { getCommand } from './get/command.ts';
import { helpCommand } from './help/command.ts';
import { lsCommand } from './ls/command.ts';
import { markCommand } from './mark/command.ts';
import { mkdirCommand } from './mkdir/command.ts';
import { mvCommand } from './mv/command.ts';
import { probeCommand } from './probe/command.ts';
import { putCommand } from './put/command.ts';
import { queueLsCommand, queueRetryCommand, queueRmCommand, queueShowCommand } from './queue/command.ts';
import { rmCommand } from './rm/command.ts';
import { runCommand } from './run/command.ts';
import { sendMailCommand } from './send-mail/command.ts';
import { sendRequestCommand } from './send-request/command.ts';
import { sendmailCommand } from './sendmail/command.ts';
import { serveCommand } from './serve/command.ts';
import { syncCommand } from './sync/command.ts';
import { talkCommand } from './talk/command.ts';
import { userAddCommand, userLsCommand, userPasswdCommand, userRmCommand } from './user/command.ts';
import { waitFileCommand, waitMailCommand, waitPortCommand, waitRequestCommand } from './wait/command.ts';
import { watchMailCommand } from './watch/command.ts';

export const commands: readonly Command[] = [
  serveCommand,
  runCommand,
  sendMailCommand,
  sendRequestCommand,
  sendmailCommand,
  getCommand,
  putCommand,
  lsCommand,
  cpCommand,
  mvCommand,
  rmCommand,
  mkdirCommand,
  syncCommand,
  waitMailCommand,
  waitRequestCommand,
  waitFileCommand,
  waitPortCommand,
  watchMailCommand,
  markCommand,
  clearCommand,
  queueLsCommand,
  queueShowCommand,
  queueRetryCommand,
  queueRmCommand,
  talkCommand,
  probeCommand,
  userAddCommand,
  userLsCommand,
  userPasswdCommand,
  userRmCommand,
  certCaCommand,
  certIssueCommand,
  certShowCommand,
  certTrustCommand,
  configShowCommand,
  configSchemaCommand,
  doctorCommand,
  completionCommand,
  helpCommand,
] as readonly unknown[] as readonly Command[];
