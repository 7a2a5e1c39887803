/** Drawn in one manner: 20 by 20, a line of 1.6, no fill. */
const PATHS = {
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Zm4 9.5 3.8 3.8',
  inbox: 'M3 11.5 5.2 4h9.6L17 11.5V16H3v-4.5Zm0 0h4l1 2h4l1-2h4',
  back: 'M12 4 6 10l6 6',
  trash: 'M4 5.5h12M8 5.5V3.5h4v2m-6.5 0 .7 11h7.6l.7-11M8.3 8.5v5m3.4-5v5',
  star: 'm10 3 2.1 4.5 4.9.6-3.6 3.4.9 4.9L10 14l-4.3 2.4.9-4.9L3 8.1l4.9-.6L10 3Z',
  clip: 'm15.5 9.2-5.6 5.6a3.3 3.3 0 0 1-4.7-4.7l6.1-6a2.2 2.2 0 0 1 3.1 3l-5.9 6a1.1 1.1 0 0 1-1.6-1.6l5.3-5.3',
  unread: 'M3 5.5h14v9H3zm0 0 7 5.2 7-5.2',
  close: 'm5 5 10 10M15 5 5 15',
  help: 'M7.6 7.6A2.4 2.4 0 0 1 10 5.4c1.4 0 2.5.9 2.5 2.2 0 1.9-2.5 2-2.5 4M10 14.6v.1',
  download: 'M10 3v9m-3.5-3.3L10 12.2l3.5-3.5M4 15.5h12',
  phone: 'M7 3h6v14H7zm2.4 11.6h1.2',
  tablet: 'M4.5 3h11v14h-11zm4.6 11.6h1.8',
  desktop: 'M3 4h14v9H3zm4 12.5h6M10 13v3.5',
  moon: 'M16 11.6A6.3 6.3 0 0 1 8.4 4 6.3 6.3 0 1 0 16 11.6Z',
  sun: 'M10 6.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4ZM10 2.5v1.6m0 11.8v1.6M2.5 10h1.6m11.8 0h1.6M4.7 4.7l1.1 1.1m8.4 8.4 1.1 1.1m0-10.6-1.1 1.1m-8.4 8.4-1.1 1.1',
  image: 'M3 4h14v12H3zm0 9.5 4-4 3.5 3.5 2.2-2.2L17 15M12.6 7.6v.1',
  pen: 'm4 16 .8-3.4L13 4.4l2.6 2.6-8.2 8.2L4 16Zm7.3-9.9L13.9 8.7',
  reply: 'M8 5 3.5 9.5 8 14m-4.5-4.5H12c2.6 0 4.5 1.6 4.5 5',
  send: 'M17 3 3 8.6l5.4 2.2M17 3l-5.4 14-3.2-6.2M17 3 8.4 10.8',
  menu: 'M3.5 6h13m-13 4h13m-13 4h13',
  tag: 'M3.5 3.5h6l7 7-6 6-7-7v-6Zm3.2 3.2v.1',
  check: 'm4 10.5 4 4 8-9',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled = false }: { readonly name: IconName; readonly filled?: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={filled ? 'currentColor' : 'none'} />
    </svg>
  );
}
