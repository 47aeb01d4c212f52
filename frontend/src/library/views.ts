import type { LibraryQuery } from "./query";

/** The views that every workspace has, as queries. */
export const PRESETS = [
  { name: "all", q: "" },
  { name: "review", q: "task:any" },
  { name: "flipped", q: "task:flipped" },
  { name: "near", q: "reason:in_abstain_band" },
  { name: "held", q: "held:yes" },
  { name: "mine", q: "owner:me" },
] as const satisfies readonly { name: string; q: string }[];

/** Whether an address shows a view: the same query, in the view's order where it has one. */
export function shows({ q, sort }: LibraryQuery, view: { q: string; sort?: string | null }): boolean {
  return q === view.q && (view.sort ?? sort) === sort;
}
