/** Lines on a 24 × 24 grid, drawn for this page. */
const PATHS = {
  pin: 'M12 21s-7-6.1-7-11.5a7 7 0 0 1 14 0C19 14.9 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  close: 'M6 6l12 12M18 6L6 18',
  photo: 'M4 6h16v13H4zM4 16l4.5-4.5 4 4 3-3L20 16.5M15.5 10a1 1 0 1 0 0-2 1 1 0 0 0 0 2z',
  compare: 'M4 5h6.5v14H4zM13.5 5H20v14h-6.5z',
  box: 'M5 6.5h14v11H5z',
  circle: 'M12 19a7 7 0 1 0 0-14 7 7 0 0 0 0 14z',
  link: 'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
