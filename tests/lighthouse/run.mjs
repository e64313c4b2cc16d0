// The measuring bench: Lighthouse on the pages most people meet first, as a phone would load them.
//   node run.mjs http://127.0.0.1:8000 [category …]
import lighthouse from "lighthouse";
import { launch } from "chrome-launcher";

const PAGES = {
  home: "/vi/",
  map: "/vi/map",
  search: "/vi/search",
  found: "/vi/search?q=ng%E1%BA%ADp",
  city: "/vi/cities/48",
  entry: "/vi/use-cases/48-001",
};
// What was found for one question asks on purpose not to be kept by search engines.
const SKIPPED = { found: ["is-crawlable"] };
const LEAST = 95;
const ALL = ["performance", "accessibility", "best-practices", "seo"];

const [address, ...chosen] = process.argv.slice(2);
const categories = chosen.length ? chosen : ALL;
const browser = await launch({
  chromePath: process.env.CHROME_PATH,
  chromeFlags: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

const told = {};
const low = [];
try {
  for (const [name, path] of Object.entries(PAGES)) {
    const { lhr } = await lighthouse(address + path, {
      port: browser.port,
      onlyCategories: categories,
      skipAudits: SKIPPED[name],
      logLevel: "error",
    });
    if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
    told[name] = {};
    for (const category of Object.values(lhr.categories)) {
      const score = Math.round(category.score * 100);
      told[name][category.id] = score;
      if (score >= LEAST) continue;
      const audits = category.auditRefs
        .map(({ id, weight }) => ({ weight, ...lhr.audits[id] }))
        .filter(({ score, weight }) => weight > 0 && score !== null && score < 0.9)
        .map(({ id, displayValue }) => (displayValue ? `${id} (${displayValue})` : id));
      low.push(`${path}: ${category.id} ${score}: ${audits.join(", ")}`);
    }
  }
} finally {
  await browser.kill();
}

console.table(told);
for (const line of low) console.error(line);
process.exitCode = low.length ? 1 : 0;
