import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { __MEASURE__: "false" },
  test: { environment: "jsdom", include: ["test/**/*.test.ts"], restoreMocks: true, unstubGlobals: true },
});
