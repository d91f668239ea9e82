import type { HmiConfigError } from "../../../../shared/domain/hmi.ts";
import { scrollable } from "../../../../shared/ui/scrollable.ts";

/** The rig box stops counting here. */
const MOST = 50;

export function countText(count: number): string {
  return count === 1 ? "1 error" : `${count}${count < MOST ? "" : " or more"} errors`;
}

/** Every error with its place and what was meant, the first with the lines around. `file` is what the errors are in. */
export function ErrorCards({ errors, file }: { errors: readonly HmiConfigError[]; file: string }) {
  return (
    <ul class="errors scroll" {...scrollable} aria-label="Errors">
      {errors.map((error, i) => (
        <ErrorCard
          key={`${error.path}${error.line}${error.message}`}
          error={error}
          title={`Error ${i + 1} of ${errors.length}`}
          file={file}
          open={i === 0}
        />
      ))}
    </ul>
  );
}

function ErrorCard({
  error,
  title,
  file,
  open,
}: {
  error: HmiConfigError;
  title: string;
  file: string;
  open: boolean;
}) {
  return (
    <li class="card error">
      <span class="line">
        <h2>{title}</h2>
        <span class="label">
          {file}
          {error.line !== null && `, line ${error.line}`}
          {error.column !== null && `, column ${error.column}`}
        </span>
      </span>
      {error.path !== "" && <code class="path">{error.path}</code>}
      <p>
        {error.message}
        {error.nearest !== null && (
          <>
            {" "}
            Did you mean <b>{error.nearest}</b>?
          </>
        )}
      </p>
      {open && error.excerpt.length > 0 && (
        <pre {...scrollable}>
          {error.excerpt.map(({ line, text }) => (
            <span key={line} class={line === error.line ? "fault" : ""}>
              <i>{line}</i>
              {text}
              {"\n"}
            </span>
          ))}
        </pre>
      )}
    </li>
  );
}
