import * as o from '../../kit/option.ts';
import { exchangeOptions } from '../exchange/options.ts';

export const options = {
  header: o.text("a header, 'Name: value'; 'Name:@FILE' reads the value", {
    value: 'HEADER',
    many: true,
  }),
  data: o.text('send this as the content: a text, @FILE, or - for stdin', { short: 'd', value: 'TEXT|@FILE|-' }),
  form: o.flag('items are fields of a form, not of a JSON object', { short: 'f' }),
  multipart: o.flag('the form as multipart/form-data also without a file'),
  expect: o.text(
    'what the answer has to be: status=200 or 2xx, header:NAME=VALUE, json:.PATH=VALUE, body~/RE/, time<500ms',
    { value: 'WHAT', many: true },
  ),
  anyStatus: o.flag('every status is a result, none a failure'),
  include: o.flag("the answer's head before its content", { short: 'i' }),
  raw: o.flag('take the content as it was sent: no compression is asked for or undone'),
  ...exchangeOptions,
};
