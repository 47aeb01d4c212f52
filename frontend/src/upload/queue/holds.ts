import { ApiError } from "@/api/errors";
import type { MeAnswer, ServiceLimits } from "@/api/schema";

import type { Hold } from "./queue";

const SOME_SECONDS = 5; // where the server answers 429 without Retry-After

/** What is known before a request is sent: `limits` is null until the server has answered; `me` is null when nobody is signed in, undefined while that is unknown. */
export type Known = { limits: ServiceLimits | null; me: MeAnswer | null | undefined; online: boolean };

/** Why a request would be refused, known before it is sent; null when nothing speaks against it. `now` in ms since 1970. */
export function holdBefore({ limits, me, online }: Known, now: number): Hold | null {
  if (!online) return { why: "offline", until: null };
  if (limits !== null && limits.model === null) return { why: "model", until: null };
  if (limits?.accounts.required === true && me === null) return { why: "signIn", until: null };
  if (me === null || me === undefined || me.usage.remaining !== 0) return null; // null: unlimited
  const until = Date.parse(me.usage.resets_at);
  return until > now ? { why: "quota", until, limit: me.limits.free_daily_uploads } : null;
}

/** The hold that a refused request calls for; null where the error concerns the file alone. `now` in ms since 1970. */
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
  const resetsAt = details?.resets_at;
  const time = typeof resetsAt === "string" ? Date.parse(resetsAt) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

function limitOf({ details }: ApiError): number | null {
  return typeof details?.limit === "number" ? details.limit : null;
}
