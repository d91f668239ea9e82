interface TableProps {
  title: string;
  /** Stands in place of the table while it has no rows. */
  none: string;
  heads: readonly string[];
  children: preact.ComponentChild[];
}

/** A card with a table in it; columns of frames are numbers. */
export function Table({ title, none, heads, children }: TableProps) {
  return (
    <section class="card">
      <h2 class="tabletitle">{title}</h2>
      {children.length === 0 ? (
        <p class="empty">{none}</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              {heads.map((word) => (
                <th scope="col" key={word} class={/^(Frames|to$)/.test(word) ? "number" : ""}>
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      )}
    </section>
  );
}
