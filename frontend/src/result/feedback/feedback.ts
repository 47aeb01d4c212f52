import { api, unwrap } from "@/api/client";
import { keys } from "@/api/queries";
import type { Feedback, FeedbackGiven } from "@/api/schema";

/** How the reader's answer about a result is read and sent: by an account, or through a share link. */
export type FeedbackAccess = {
  /** Where it is kept in the query cache. */
  key: readonly unknown[];
  /** Both throw ApiError. */
  read: () => Promise<Feedback>;
  send: (given: FeedbackGiven) => Promise<Feedback>;
};

/** The answer of the account that is signed in. */
export function ownFeedback(id: string): FeedbackAccess {
  const params = { path: { job_id: id } };
  return {
    key: [...keys.result(id), "feedback"],
    read: () => unwrap(api.GET("/api/jobs/{job_id}/feedback", { params })),
    send: (body) => unwrap(api.POST("/api/jobs/{job_id}/feedback", { params, body })),
  };
}

/** The answer of whoever has a share link; its token goes in a header, never in an address. */
export function sharedFeedback(token: string): FeedbackAccess {
  const params = { header: { "X-Share-Token": token } };
  return {
    key: ["shared", token, "feedback"],
    read: () => unwrap(api.GET("/api/shared/feedback", { params })),
    send: (body) => unwrap(api.POST("/api/shared/feedback", { params, body })),
  };
}
