const paths = {
  drill: "M12 2v9M8.5 11h7M9 11v4l3 6 3-6v-4M7 7h2M15 7h2",
  bell: "M12 3a6 6 0 0 1 6 6v4l2 4H4l2-4V9a6 6 0 0 1 6-6ZM10 20a2 2 0 0 0 4 0",
  link: "M12 10v10M8 20h8M8.5 10.5 12 7l3.5 3.5M7 5.5a7 7 0 0 1 10 0M9 3.2a8 8 0 0 1 6 0",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4 7 7 0 0 0 20 14.5Z",
} as const;

/** A line drawing beside a word; never without one. */
export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
