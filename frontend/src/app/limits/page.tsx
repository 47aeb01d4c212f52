import type { Metadata } from "next";

import { Method } from "@/method/method";

export const metadata: Metadata = { title: "About the method" };

export default function Page() {
  return <Method />;
}
