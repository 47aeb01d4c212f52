import createClient from "openapi-fetch";

import { ApiError, fromAnswer } from "./errors";
import type { paths } from "./schema";
import { WORKSPACE_HEADER, chosenWorkspace } from "./workspace";

/** Same-origin requests to the API, typed by its OpenAPI document. */
export const api = createClient<paths>({ baseUrl: typeof window === "undefined" ? "http://localhost" : "" });
api.use({
  onRequest({ request }) {
    const id = chosenWorkspace();
    if (id !== null && !request.headers.has(WORKSPACE_HEADER)) request.headers.set(WORKSPACE_HEADER, id);
  },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/**
 * Return the data of a request, as in `unwrap(api.GET("/api/limits"))`.
 * Throws ApiError: with the server's code, or OFFLINE when no answer came.
 */
export async function unwrap<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError("OFFLINE", "No connection to the server.", 0);
  }
  if (!answer.response.ok) throw fromAnswer(answer.error, answer.response);
  return answer.data as T;
}
