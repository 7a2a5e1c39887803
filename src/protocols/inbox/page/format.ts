/** Numbers and times as people read them, in their own language. */
const now = (): Date => new Date();
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const year = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const count = new Intl.NumberFormat();

const DAY = 86_400_000;

/** As short as it can be without doubt. */
export function shortTime(iso: string): string {
  const at = new Date(iso);
  const today = now();
  if (at.toDateString() === today.toDateString()) return time.format(at);
  if (today.getTime() - at.getTime() < 6 * DAY && at <= today) return weekday.format(at);
  return (at.getFullYear() === today.getFullYear() ? day : year).format(at);
}

export function fullTime(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : full.format(at);
}

export function size(octets: number): string {
  if (octets < 1024) return `${octets} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  let value = octets / 1024;
  let at = 0;
  for (; value >= 1024 && at < units.length - 1; at++) value /= 1024;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

export function number(value: number): string {
  return count.format(value);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** The same colour for the same sender, always. */
export function hue(text: string): number {
  let hash = 7;
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) % 3600;
  return hash % 360;
}

export function initials(name: string, address: string): string {
  const words = (name || address.split('@')[0] || '?').split(/[\s._-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const [first = '?', second = ''] = words;
  return `${[...first][0] ?? '?'}${words.length > 1 ? ([...second][0] ?? '') : ''}`.toUpperCase();
}
