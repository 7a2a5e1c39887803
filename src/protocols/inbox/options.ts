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
  chaos: o.choice("PUT /api/v1/chaos (Mailpit's) makes SMTP fail on purpose while it runs", ['off', 'on'], {
    default: 'off',
    reason: 'who may look at mail need not be able to keep it from coming in',
    group: 'Inbox',
  }),
};
