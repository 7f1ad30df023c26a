// Plan again at once when something is chosen, without losing the place on the page. Without this script the button
// "Plan again" does the same with a new page.
const announced = document.createElement("p");
announced.className = "hidden";
announced.setAttribute("role", "status");
document.body.append(announced);

const parts = (page) => page.querySelector("main");
let running = null;

// Each folded part with its section and its place there: another plan may have more or fewer of them elsewhere.
function folded() {
  return [...document.querySelectorAll("main details")].map((one) => {
    const section = one.closest("section");
    const place = [...(section ?? document).querySelectorAll("details")].indexOf(one);
    return [`${section?.getAttribute("aria-labelledby")} ${place}`, one];
  });
}

async function plan(form, submitter) {
  running?.abort();
  running = new AbortController();
  const fields = new URLSearchParams(new FormData(form, submitter));
  const open = new Set(folded().filter(([, one]) => one.open).map(([key]) => key));
  const focused = document.activeElement;
  const again = focused?.id ? `#${CSS.escape(focused.id)}` : focused?.name
    ? `[name="${CSS.escape(focused.name)}"][value="${CSS.escape(focused.value)}"]` : null;
  const drawn = document.querySelector('input[name="drawn"]:checked')?.id;
  parts(document).setAttribute("aria-busy", "true");
  announced.textContent = "Planning again …";
  try {
    const { signal } = running;
    let answer = await fetch(form.action, { method: "POST", body: fields, signal, credentials: "same-origin" });
    let page = new DOMParser().parseFromString(await answer.text(), "text/html");
    while (answer.status === 202) { // the chart is still being read or planned
      announced.textContent = page.querySelector("h1").textContent;
      await new Promise((later) => { setTimeout(later, 1000); });
      answer = await fetch(answer.url, { signal, credentials: "same-origin" });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    }
    if (!page.querySelector("#choices")) throw new Error("another page");
    parts(document).replaceWith(parts(page));
    folded().forEach(([key, one]) => { one.open ||= open.has(key); });
    if (drawn) document.getElementById(drawn)?.click();
    if (again) document.querySelector(`main ${again}`)?.focus({ preventScroll: true });
    const problem = document.querySelector("main [role=alert] li");
    announced.textContent = problem?.textContent ?? document.getElementById("gain")?.textContent ?? "";
    document.dispatchEvent(new Event("planned"));
    attach();
  } catch (error) {
    if (error.name !== "AbortError") form.submit();
  }
}

function attach() {
  const form = document.getElementById("choices");
  if (!form) return;
  form.addEventListener("change", (event) => {
    if (event.target.type === "date" && !event.target.value) return;
    plan(form, null);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    plan(form, event.submitter);
  });
}
attach();

// What is folded is fetched when it is opened.
document.addEventListener("toggle", async (event) => {
  const shown = event.target.querySelector?.(":scope > pre[hidden]");
  if (!event.target.open || !event.target.dataset?.load || !shown) return;
  const answer = await fetch(event.target.dataset.load, { credentials: "same-origin" });
  if (!answer.ok) return;
  shown.textContent = await answer.text();
  shown.hidden = false;
}, true);
