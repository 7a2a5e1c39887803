/**
 * The calls by which programs hand mail to a provider: SendGrid, Postmark, Amazon SES v2 and Mailgun. With the client's base
 * URL set to the inbox they go on as they are, and the mail is captured. Any key is taken where any login is.
 */
import type { Route } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import { mailgunRoutes } from './mailgun.ts';
import { postmarkRoutes } from './postmark.ts';
import { sendgridRoutes } from './sendgrid.ts';
import { sesRoutes } from './ses.ts';

export function providerRoutes(desk: Desk): readonly Route[] {
  return [...sendgridRoutes(desk), ...postmarkRoutes(desk), ...sesRoutes(desk), ...mailgunRoutes(desk)];
}
