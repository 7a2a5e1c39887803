/**
 * Peer text on its way to a terminal, a log or a CI system (surface.md 4.9): no control, no bidi override, no
 * zero-width trick, and no line that a CI runner would take for a workflow command.
 */

const UNSAFE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const WORKFLOW = /^(\s*)(::|##\[|##vso\[|##teamcity\[)/gm;

function visible(unit: string): string {
  const code = unit.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** One line: tabs stay, line breaks become `\n`, everything that could steer a terminal becomes visible. */
export function escapeLine(text: string, max = 1000): string {
  const cut = text.length > max ? `${text.slice(0, max)}...` : text;
  return escapeBlock(cut.replaceAll('\r', '\\r').replaceAll('\n', '\\n'));
}

/** Several lines: line feeds stay, the rest as in `escapeLine`; workflow commands are broken up. */
export function escapeBlock(text: string): string {
  return text.replace(UNSAFE, visible).replace(WORKFLOW, '$1\\$2');
}
