import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it, vi } from "vitest";

import type { ResultAnswer } from "@/api/schema";
import { failureOfJob } from "@/failures/failure";
import { english } from "@/i18n/messages";
import { completed } from "@/result/answers.fixture";

import { ProblemScreen } from "./problem-screen";

const HOP = {
  at: "2026-11-20T10:00:00Z",
  content_type: null,
  content_length: null,
  etag: null,
  last_modified: null,
};
const SOURCE: NonNullable<ResultAnswer["source"]> = {
  kind: "address",
  sender: "account",
  received_at: "2026-11-20T10:00:00Z",
  name: "x",
  content_type: null,
  declared_bytes: null,
  url: "https://short.example/x",
  hops: [
    { ...HOP, url: "https://short.example/x", ip: "93.184.215.14", status: 302 },
    { ...HOP, url: "https://cdn.example/gone.mp4", ip: "93.184.215.15", status: 404 },
  ],
};

it("shows a failed job's requests to the file's address", () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  const error = { error_code: "URL_NOT_REACHABLE", message: "The address answered with status 404." };
  const answer = completed(null, {
    state: "FAILED",
    error: { details: null, ...error },
    source: SOURCE,
  } as Partial<ResultAnswer>);
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <ProblemScreen failure={failureOfJob(answer.error, answer.job_id)} answer={answer} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  const requests = screen.getAllByRole("listitem").map((item) => item.textContent);
  expect(requests).toHaveLength(2);
  expect(requests[0]).toMatch(/^https:\/\/short\.example\/x.*93\.184\.215\.14.*status 302/);
  expect(requests[1]).toMatch(/^https:\/\/cdn\.example\/gone\.mp4.*93\.184\.215\.15.*status 404/);
});
