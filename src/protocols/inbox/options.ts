import * as o from '../../kit/option.ts';

export const options = {
  api: o.choice(
    "whose answer GET /api/v1/messages is: Mailpit's, an object, or MailHog's, a list",
    ['mailpit', 'mailhog'],
    {
      default: 'mailpit',
      group: 'Inbox',
    },
  ),
};
