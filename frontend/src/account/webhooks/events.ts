import type { EVENTS } from "@/api/events";

type Event = (typeof EVENTS)[number];
type WordOf<Name> = Name extends `${infer First}.${infer Last}` ? `${First}_${Last}` : never;

/** The key of an event's wording: keys of messages have no dots. */
export function wordOf<Name extends Event>(event: Name): WordOf<Name> {
  return event.replace(".", "_") as WordOf<Name>;
}
