/** Completion read off the registry. The scripts ask nothing at run time: every word stands in them. */
import { CsError } from '../../kit/errors.ts';
import { flagName, type Option } from '../../kit/option.ts';
import { suggest } from '../../kit/suggest.ts';
import type { Command, CommandContext } from '../command.ts';
import { commandOptions } from '../context.ts';

interface Words {
  readonly path: string;
  readonly summary: string;
  readonly flags: readonly { readonly name: string; readonly option: Option<unknown> }[];
  readonly operands: readonly string[];
}

function words(command: Command): Words {
  const flags = command.ownArguments
    ? []
    : Object.entries(commandOptions(command))
        .filter(([, option]) => !option.hidden && !option.secret)
        .map(([key, option]) => ({ name: `--${flagName(key)}`, option }));
  return {
    path: command.path,
    summary: command.summary,
    flags,
    operands: command.operands.flatMap((one) => one.choices ?? []),
  };
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function bash(all: readonly Words[]): string {
  const paths = all.map((one) => one.path);
  const verbs = [...new Set(paths.map((path) => path.split(' ')[0]))].join(' ');
  const cases = all.map(
    (one) =>
      `    ${quote(one.path)}) words=${quote([...one.operands, ...one.flags.map((flag) => flag.name)].join(' '))} ;;`,
  );
  const choices = new Map(
    all.flatMap((one) => one.flags.filter((flag) => flag.option.choices).map((flag) => [flag.name, flag])),
  );
  const values = [...choices.values()].map(
    ({ name, option }) => `    ${name}) words=${quote((option.choices ?? []).join(' '))} ;;`,
  );
  const files = [
    ...new Set(
      all.flatMap((one) =>
        one.flags.filter((flag) => /^(FILE|DIR|PATH)$/.test(flag.option.value ?? '')).map((flag) => flag.name),
      ),
    ),
  ];
  const nouns = [...new Set(paths.filter((path) => path.includes(' ')).map((path) => path.split(' ')[0] ?? ''))].map(
    (verb) =>
      `    ${verb}) words=${quote(
        paths
          .filter((path) => path.startsWith(`${verb} `))
          .map((path) => path.split(' ')[1])
          .join(' '),
      )} ;;`,
  );
  return `_cs() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  local one=\${COMP_WORDS[1]} two="\${COMP_WORDS[1]} \${COMP_WORDS[2]}"
  case $before in
    ${files.join('|') || '--'}) COMPREPLY=($(compgen -f -- "$word")); return ;;
${values.join('\n')}
  esac
  if [ -z "$words" ]; then
    if [ "$COMP_CWORD" = 1 ]; then words=${quote(verbs)}
    else
      case $two in
${cases.filter((line) => /^ {4}'[^ ']+ /.test(line)).join('\n')}
      esac
      [ -n "$words" ] || case $one in
${nouns.join('\n')}
${cases.filter((line) => /^ {4}'[^ ']+'/.test(line)).join('\n')}
      esac
    fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _cs cs
`;
}

function zsh(all: readonly Words[]): string {
  return `#compdef cs\nautoload -U +X bashcompinit && bashcompinit\n${bash(all)}`;
}

function fish(all: readonly Words[]): string {
  const lines = ['complete -c cs -f'];
  for (const one of all) {
    const [verb = '', noun] = one.path.split(' ');
    const seen =
      noun === undefined
        ? `__fish_seen_subcommand_from ${verb}`
        : `__fish_seen_subcommand_from ${verb}; and __fish_seen_subcommand_from ${noun}`;
    const at = noun === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${verb}`;
    lines.push(`complete -c cs -n ${quote(at)} -a ${noun ?? verb} -d ${quote(one.summary)}`);
    if (noun !== undefined) lines.push(`complete -c cs -n __fish_use_subcommand -a ${verb}`);
    if (one.operands.length > 0) lines.push(`complete -c cs -n ${quote(seen)} -a ${quote(one.operands.join(' '))}`);
    for (const { name, option } of one.flags) {
      const short = option.short === undefined ? '' : ` -s ${option.short}`;
      const value =
        option.kind === 'flag' || option.bare !== undefined
          ? ''
          : ` -r${option.choices ? ` -a ${quote(option.choices.join(' '))}` : ''}`;
      const files = /^(FILE|DIR|PATH)$/.test(option.value ?? '') ? ' -F' : '';
      lines.push(
        `complete -c cs -n ${quote(seen)} -l ${name.slice(2)}${short}${value}${files} -d ${quote(option.help)}`,
      );
    }
  }
  return `${[...new Set(lines)].join('\n')}\n`;
}

const SHELLS: Readonly<Record<string, (all: readonly Words[]) => string>> = { bash, zsh, fish };

export async function run(ctx: CommandContext): Promise<void> {
  const shell = ctx.operands[0] ?? '';
  const make = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (make === undefined) {
    const near = suggest(shell, Object.keys(SHELLS));
    throw new CsError('CS_USAGE', `no completion for ${JSON.stringify(shell)}`, {
      hint: near ? `did you mean ${near}?` : 'there is one for bash, zsh and fish',
    });
  }
  const script = make(ctx.commands.map(words));
  await ctx.ui.result({ schema: 'cs.completion/1', shell, script }, () => script);
}
