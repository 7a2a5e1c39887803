import type { Paint } from './ui.ts';

const plain = (text: string): string => text;
export const PLAIN: Paint = {
  bold: plain,
  dim: plain,
  red: plain,
  green: plain,
  yellow: plain,
  cyan: plain,
  plate: plain,
};

/** Colour is judged per stream (surface.md 4.4): flag beats environment, environment beats the terminal. */
export function wantsColour(
  stream: { readonly isTTY?: boolean },
  flag: 'auto' | 'always' | 'never',
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (flag !== 'auto') return flag === 'always';
  if (env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return Boolean(stream.isTTY) && env.TERM !== 'dumb' && env.CLICOLOR !== '0';
}

/** chalk is loaded only for a stream that shows colour, and never asks the environment itself. */
export async function paintFor(colour: boolean): Promise<Paint> {
  if (!colour) return PLAIN;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
    plate: (text) => chalk.whiteBright.bgBlack(text),
  };
}
