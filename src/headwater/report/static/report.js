// Nothing on the page needs this script: it filters, opens and closes, and opens cards for print.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  for (const tool of all(".filter, .tools")) tool.hidden = false;

  const buttons = all("[data-show]");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const wanted = button.dataset.show;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      for (const body of all("tbody[data-verdict]")) {
        body.hidden = wanted !== "all" && body.dataset.verdict !== wanted;
      }
    });
  }

  for (const button of all("[data-open], [data-close]")) {
    button.addEventListener("click", () => {
      const room = document.getElementById(button.dataset.open || button.dataset.close);
      for (const fold of all("details.card, details.chapter", room)) {
        fold.open = "open" in button.dataset;
      }
    });
  }

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let folded = false;
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS" && !node.open) {
        node.open = true;
        folded = true;
      }
    }
    if (folded) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // On paper: the cards of tested claims, and whatever the reader has opened.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = all("details.card.tested:not([open]), details.state:not([open])");
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
  });
})();
