import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { IntlProvider } from "use-intl";
import { expect, test } from "vitest";

import { loadMessages, type Locale } from "@/i18n/messages";

import type { Failure } from "./failure";
import { useFailureText } from "./use-failure-words";

async function text(failure: Failure, locale: Locale = "en"): Promise<string> {
  const messages = await loadMessages(locale);
  const client = new QueryClient({ defaultOptions: { queries: { enabled: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>
      <IntlProvider locale={locale} messages={messages}>
        {children}
      </IntlProvider>
    </QueryClientProvider>
  );
  return renderHook(() => useFailureText()(failure), { wrapper }).result.current;
}

test("the file's figure stands beside the limit where both are known", async () => {
  expect(await text({ code: "VIDEO_TOO_LONG", is: 190, limit: 180 })).toBe(
    "This video is too long. It is 3:10 long, the limit is 3:00. Cut out a part; compressing hides signs.",
  );
  expect(await text({ code: "VIDEO_TOO_LONG" })).toBe(
    "This video is too long. Cut out a part; compressing hides signs.",
  );
});

test("a fault of the server's is said not to be counted, with a reference where there is more to know", async () => {
  expect(await text({ code: "INTERNAL_ERROR", reference: "0b7c1f0e-5f0e" })).toMatch(
    /^Something went wrong on our side\. Nothing was counted\. .* Reference 0b7c1f0e\.$/,
  );
  expect(await text({ code: "STORAGE_FULL", reference: "7f3a" }, "de")).toBe(
    "Der Server hat gerade keinen Platz für Dateien. Es wurde nichts gezählt. Bitte später noch einmal versuchen.",
  );
});

test("what only this side can know has words of its own", async () => {
  expect(await text({ code: "OFFLINE" })).toMatch(/^No connection\. A started analysis goes on\./);
});
