/**
 * Two loopback addresses that no other process uses. On 127.0.0.1 a port is taken by whoever got it as any port, and for a minute
 * more by every client that hung up first.
 */
const rest = [(process.pid >> 8) & 255, process.pid & 255].join('.');
const block = (process.pid >> 16) & 63;
export const OWN = `127.${64 + block}.${rest}`;
export const OTHER_OWN = `127.${128 + block}.${rest}`;
