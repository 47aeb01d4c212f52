import { ApiError } from "@/api/errors";
import type { MeAnswer, ServiceLimits } from "@/api/schema";

import type { Hold } from "./queue";

const SOME_SECONDS = 5; // where the server asks for patience and does not say how much

/** What is known before something is sent: without limits the server has not told them; `me` is null for nobody, undefined for not known. */
export type Known = { limits: ServiceLimits | null; me: MeAnswer | null | undefined; online: boolean };

/** Why sending would be in vain, before a byte has gone; null for nothing known. `now` in ms since 1970. */
export function holdBefore({ limits, me, online }: Known, now: number): Hold | null {
  if (!online) return { why: "offline", until: null };
  if (limits !== null && limits.model === null) return { why: "model", until: null };
  if (limits?.accounts.required === true && me === null) return { why: "signIn", until: null };
  if (me === null || me === undefined || me.usage.remaining !== 0) return null; // null: as many as one likes
  const until = Date.parse(me.usage.resets_at);
  return until > now ? { why: "quota", until, limit: me.limits.free_daily_uploads } : null;
}

/** The hold that an answer asks for; null where the failure is the file's own. `now` in ms since 1970. */
export function holdAfter(error: ApiError, now: number, online: boolean): Hold | null {
  const wait = error.retryAfter;
  switch (error.code) {
    case "UNAUTHORIZED":
      return { why: "signIn", until: null };
    case "QUOTA_EXCEEDED":
      return {
        why: "quota",
        until: resetOf(error) ?? (wait === null ? null : now + 1000 * wait),
        limit: limitOf(error),
      };
    case "RATE_LIMITED":
      return { why: "rate", until: now + 1000 * (wait ?? SOME_SECONDS) };
    case "MODEL_NOT_AVAILABLE":
      return { why: "model", until: null };
    default:
      return error.status === 0 && !online ? { why: "offline", until: null } : null;
  }
}

function resetOf({ details }: ApiError): number | null {
  const told = details?.resets_at;
  const time = typeof told === "string" ? Date.parse(told) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

function limitOf({ details }: ApiError): number | null {
  return typeof details?.limit === "number" ? details.limit : null;
}
