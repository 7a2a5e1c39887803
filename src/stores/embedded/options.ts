import * as o from '../../kit/option.ts';
import { keeping } from '../shared/keeping.ts';

export const options = {
  durability: o.choice(
    'what an acknowledgement promises: to survive power loss, or only kill -9',
    ['disk', 'process'],
    {
      default: 'disk',
      group: 'Store',
    },
  ),
  ...keeping,
};
