/** Strokes on a grid of 24 units. */
const PATHS = {
  archive: 'M4 5h16v4H4zM5.5 9v10h13V9M10 13h4',
  arrowDown: 'M12 5v14M6 13l6 6 6-6',
  attach:
    'M20 11.5 12.2 19.3a5 5 0 0 1-7.1-7.1L13 4.4a3.4 3.4 0 0 1 4.8 4.8L10 17a1.7 1.7 0 0 1-2.4-2.4L14.5 7.7',
  camera: 'M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM15.5 13a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  cut: 'M8.5 8.5 19 19M19 5 8.5 15.5M9 6.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0ZM9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2',
  menu: 'M4 7h16M4 12h16M4 17h10',
  dictate: 'M4 6h16M4 11h9M4 16h6M17.5 11v4.5M15 14.5a2.5 2.5 0 0 0 5 0M17.5 17v3M17.5 10v3',
  microphone:
    'M12 3.5a2.5 2.5 0 0 0-2.5 2.5v5a2.5 2.5 0 0 0 5 0V6A2.5 2.5 0 0 0 12 3.5ZM6 11a6 6 0 0 0 12 0M12 17v3.5',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  pencil: 'M4 20l1-4.5L16.5 4 20 7.5 8.5 19 4 20Z',
  pin: 'M9 4h6l-.8 6L17 13H7l2.8-3L9 4ZM12 13v7',
  plus: 'M12 5v14M5 12h14',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.3L20 9.4M20 4v5.4h-5.4',
  save: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  search: 'M16 10.5a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0ZM14.5 14.5 20 20',
  send: 'M12 19V5M6 11l6-6 6 6',
  signOut: 'M14 4h5v16h-5M4 12h11M8 8l-4 4 4 4',
  stop: 'M7 7h10v10H7z',
  settings:
    'M5 7h7M17 7h2M5 17h2M12 17h7M16.5 7a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM11.5 17a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z',
  speaker: 'M4 9.5v5h3.5L12 18V6L7.5 9.5H4ZM15 9a4 4 0 0 1 0 6M17.5 6.5a8 8 0 0 1 0 11',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M18.7 5.3l-1.4 1.4M6.7 17.3l-1.4 1.4',
  thumbUp: 'M7 11v9H4v-9h3Zm0 0 4-7a2 2 0 0 1 2 2.3L12.5 10H19l-1.5 10H7',
  thumbDown: 'M7 13V4H4v9h3Zm0 0 4 7a2 2 0 0 0 2-2.3L12.5 14H19L17.5 4H7',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  warning: 'M12 4 2.8 20h18.4L12 4ZM12 10v4.5M12 17.2v.3',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration beside a text, or in a control that has a name. Hidden from screen readers. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
