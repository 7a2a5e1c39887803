import { options } from '../../../src/protocols/imap/options.ts';
import { playMail } from '../play-mail.ts';
import { Stage } from './stage.ts';

playMail('imap', options, (how) => Stage.open(how));
