/** The verbs, in the order of `cs --help`. To add one is to add one line. */
import type { Command } from './command.ts';
import { completionCommand } from './completion/command.ts';
import { configSchemaCommand, configShowCommand } from './config/command.ts';
import { doctorCommand } from './doctor/command.ts';
import { helpCommand } from './help/command.ts';
import { runCommand } from './run/command.ts';
import { serveCommand } from './serve/command.ts';

export const commands: readonly Command[] = [
  serveCommand,
  runCommand,
  configShowCommand,
  configSchemaCommand,
  doctorCommand,
  completionCommand,
  helpCommand,
] as readonly unknown[] as readonly Command[];
