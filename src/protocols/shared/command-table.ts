/** What a protocol of command lines reads off its one table (house.md section 4). */

export interface Syntax {
  readonly args: readonly string[];
  /** How many of `args`, from the end, may be left out. */
  readonly optional?: number;
}

export interface Commands<Name extends string, Rule> {
  isCommand(word: string): word is Name;
  ruleOf(name: Name): Rule;
}

export interface CommandTable<Name extends string, Rule> extends Commands<Name, Rule> {
  /** `TOP message lines`, `LIST [message]`: how a person writes it. */
  syntaxOf(name: Name): string;
}

/** For a protocol whose arguments have a grammar of their own. */
export function commandsOf<Rule, Name extends string>(table: Readonly<Record<Name, Rule>>): Commands<Name, Rule> {
  return {
    isCommand: (word): word is Name => Object.hasOwn(table, word),
    ruleOf: (name) => table[name],
  };
}

export function commandTable<Rule extends Syntax, Name extends string>(
  table: Readonly<Record<Name, Rule>>,
): CommandTable<Name, Rule> {
  return {
    ...commandsOf<Rule, Name>(table),
    syntaxOf: (name) => {
      const { args, optional = 0 } = table[name];
      return [name, ...args.map((arg, at) => (at >= args.length - optional ? `[${arg}]` : arg))].join(' ');
    },
  };
}
