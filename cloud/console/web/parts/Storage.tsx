import type { ServicesAnswer } from "../../../../shared/domain/api.ts";
import { useAsked } from "../asked.ts";

/** What a person must know of where things are stored: nothing lands, or something was damaged. */
const told = ["landing", "integrity"];

/** Says so while the office does not store what rigs send, or holds less than it did; nothing otherwise. */
export function Storage() {
  const { answer } = useAsked<ServicesAnswer>("/health/services", 10_000);
  const wrong = (answer?.data ?? []).filter(({ name, status }) => told.includes(name) && status !== "healthy");
  return (
    <>
      {wrong.map(({ name, message }) => (
        <p class="trouble" role="status" key={name}>
          {name === "landing" ? "Storage" : "Archive"}: {message}.
        </p>
      ))}
    </>
  );
}
