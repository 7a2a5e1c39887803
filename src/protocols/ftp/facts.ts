/** Facts of files as MLSD and MLST have them (RFC 3659 section 7): `type=file;size=12;modify=20260102030405; name`. */

/** Fact names are lower case here; values are as written. */
export interface FactLine {
  readonly facts: ReadonlyMap<string, string>;
  readonly name: string;
}

export function formatFacts(facts: Iterable<readonly [string, string]>, name: string): string {
  let text = '';
  for (const [fact, value] of facts) text += `${fact}=${value};`;
  return `${text} ${name}`;
}

/** Undefined for a line that is none. */
export function parseFacts(line: string): FactLine | undefined {
  const space = line.indexOf(' ');
  if (space === -1) return undefined;
  const facts = new Map<string, string>();
  for (const fact of line.slice(0, space).split(';')) {
    if (fact === '') continue;
    const equals = fact.indexOf('=');
    if (equals < 1) return undefined;
    facts.set(fact.slice(0, equals).toLowerCase(), fact.slice(equals + 1));
  }
  return { facts, name: line.slice(space + 1) };
}
