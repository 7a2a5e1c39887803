/** What programs of other mail catchers ask for, so that they go on working (docs/guide/from-another-catcher.md). */
import type { Route, UpgradeRoute } from '../../shared/http/route.ts';
import type { Desk } from '../inbox.ts';
import { maildevRoutes } from './maildev.ts';
import { maildevSocketRoutes } from './maildev-socket.ts';
import { mailhogRoutes } from './mailhog.ts';
import { mailpitRoutes } from './mailpit.ts';
import { mailpitSocketRoutes } from './mailpit-socket.ts';

/** Two rivals share `GET /api/v1/messages`: the first that is found answers. */
export function rivalRoutes(desk: Desk): readonly (Route | UpgradeRoute)[] {
  const hogFirst = desk.ctx.options.api === 'mailhog';
  const hog = mailhogRoutes(desk, hogFirst);
  const pit = mailpitRoutes(desk);
  return [
    ...(hogFirst ? [...hog, ...pit] : [...pit, ...hog]),
    ...maildevRoutes(desk),
    ...mailpitSocketRoutes(desk),
    ...maildevSocketRoutes(desk),
  ];
}
