/** smtp-server as it comes: every message is read and forgotten. */
import { SMTPServer } from 'smtp-server';

const server = new SMTPServer({
  authOptional: true,
  disableReverseLookup: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onData(stream, _session, done) {
    stream.on('end', done).resume();
  },
});
server.on('error', () => {});
server.listen(Number(process.argv[2]), '127.0.0.1');
