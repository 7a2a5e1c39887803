import type { Siblings } from '../../../contracts/siblings.ts';
import type { WebMethod, WebRequest } from '../web-request.ts';
import { formHandler } from './form.ts';
import { putHandler } from './put.ts';
import { deleteHandler } from './remove.ts';
import { tusHandlers } from './tus.ts';
import { tusOffer } from './tus-headers.ts';

/** Everything that changes the tree, offered where it can be changed. Stands before GET, as HEAD of an upload does. */
export function uploadMethods(most: number, siblings: Siblings | undefined): readonly WebMethod[] {
  const tus = tusHandlers(most, siblings);
  return [
    { method: 'GET', offered: canWrite, handle: tus.head },
    { method: 'PUT', offered: canWrite, handle: putHandler(most) },
    { method: 'POST', offered: canWrite, handle: tus.create },
    { method: 'POST', offered: canWrite, handle: formHandler(most) },
    { method: 'PATCH', offered: canWrite, handle: tus.patch },
    { method: 'DELETE', offered: canWrite, handle: tus.end },
    { method: 'DELETE', offered: ({ tree }) => tree.remove !== undefined, handle: deleteHandler },
  ];
}

/** What OPTIONS tells beside `Allow`. */
export function uploadOffer(most: number) {
  return (request: WebRequest): Readonly<Record<string, string>> => (canWrite(request) ? tusOffer(most) : {});
}

function canWrite({ tree }: WebRequest): boolean {
  return tree.write !== undefined;
}
