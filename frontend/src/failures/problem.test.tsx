import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, it } from "vitest";

import { ApiError } from "@/api/errors";
import { createQueryClient, keys } from "@/api/queries";
import { english } from "@/i18n/messages";

import { Problem } from "./problem";

function shown(error: unknown, gone?: string): string | null {
  const client = createQueryClient();
  client.setQueryData(keys.limits, null);
  const { container } = render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <Problem error={error} gone={gone} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  return container.textContent;
}

it("says why a request was refused, and in the page's own words of what is not there", () => {
  const missing = new ApiError("NOT_FOUND", "There is no such version.", 404);
  const offline = new ApiError("OFFLINE", "No connection to the server.", 0);
  expect(shown(missing, "There is no such data set.")).toBe("There is no such data set.");
  expect(shown(missing)).toContain(english.failures.NOT_FOUND.summary);
  expect(shown(offline, "There is no such data set.")).toContain(english.common.failure.OFFLINE.summary);
  expect(shown(null, "There is no such data set.")).toBe("");
});
