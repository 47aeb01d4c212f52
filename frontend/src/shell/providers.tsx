"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { useState, type ReactNode } from "react";

import { createQueryClient } from "@/api/queries";
import { LanguageProvider } from "@/i18n/provider";
import { Announcer } from "@/ui/announcer";

/** Contexts of every page: server state, language, the live region. */
export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <CSPProvider disableStyleElements>
        <LanguageProvider>
          <Announcer>{children}</Announcer>
        </LanguageProvider>
      </CSPProvider>
    </QueryClientProvider>
  );
}
