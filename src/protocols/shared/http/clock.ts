/** The Date header, made once a second. */
let second = 0;
let text = '';

export function currentSecond(): number {
  return Math.floor(Date.now() / 1000);
}

/** RFC 9110 section 6.6.1. */
export function currentDate(now = currentSecond()): string {
  if (now !== second) {
    second = now;
    text = new Date(now * 1000).toUTCString();
  }
  return text;
}
