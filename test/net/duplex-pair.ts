import { Duplex } from 'node:stream';

/** Two streams in memory: what is written to one is read from the other. */
export function duplexPair(): [Duplex, Duplex] {
  const ends: [Duplex, Duplex] = [half(() => ends[1]), half(() => ends[0])];
  return ends;
}

function half(other: () => Duplex): Duplex {
  return new Duplex({
    allowHalfOpen: true,
    read() {},
    write(chunk, _encoding, done) {
      other().push(chunk);
      setImmediate(done);
    },
    final(done) {
      other().push(null);
      done();
    },
  });
}
