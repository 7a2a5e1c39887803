import { options } from '../../../src/protocols/pop3/options.ts';
import { playMail } from '../play-mail.ts';
import { Stage } from './stage.ts';

playMail('pop3', options, (how) => Stage.open(how));
