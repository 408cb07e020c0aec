"use strict";
(() => {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  for (const each of all(".js-only")) each.hidden = false;

  // Before and after in one frame, as soon as a card comes near the screen.
  const words = document.getElementById("assets")?.dataset;
  const compare = (card) => {
    const looks = card.querySelector(".looks");
    const before = looks.querySelector(".look.before > img");
    const afters = all(".look.after", looks).filter((figure) => figure.querySelector("img"));
    if (!before || !afters.length) return;
    const box = document.createElement("div");
    box.className = "compare";
    const stage = document.createElement("div");
    stage.className = "stage";
    const tag = (side, text) => {
      const mark = document.createElement("span");
      mark.className = `tag ${side}`;
      mark.setAttribute("aria-hidden", "true");
      mark.textContent = text;
      return mark;
    };
    const images = afters.map((figure) => figure.querySelector("img"));
    stage.append(before, ...images, tag("left", words.before), tag("right", words.after));
    const label = document.createElement("label");
    label.textContent = "Slide to compare";
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = 0;
    slider.max = 100;
    slider.value = 50;
    const cut = (value) => {
      slider.value = value;
      stage.style.setProperty("--cut", `${value}%`);
      slider.setAttribute("aria-valuetext", `${value} % ${words.before}, ${100 - value} % ${words.after}`);
    };
    slider.addEventListener("input", () => cut(Number(slider.value)));
    const point = (event) => {
      const frame = stage.getBoundingClientRect();
      cut(Math.round(Math.min(100, Math.max(0, (100 * (event.clientX - frame.left)) / frame.width))));
    };
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      stage.setPointerCapture(event.pointerId);
      point(event);
    });
    stage.addEventListener("pointermove", (event) => {
      if (stage.hasPointerCapture(event.pointerId)) point(event);
    });
    label.append(slider);
    const caption = document.createElement("p");
    const pick = (number) => {
      images.forEach((image, at) => {
        image.className = "over";
        image.hidden = at !== number;
      });
      buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === number)));
    };
    const picks = document.createElement("div");
    picks.className = "picks";
    picks.setAttribute("role", "group");
    picks.setAttribute("aria-label", "Rendition shown");
    const buttons = afters.map((figure, at) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = figure.querySelector("figcaption").textContent.slice(words.after.length).trim();
      button.addEventListener("click", () => pick(at));
      return button;
    });
    if (buttons.length > 1) picks.append(...buttons);
    else {
      caption.append(...afters[0].querySelector("figcaption").childNodes);
      caption.className = "origin";
    }
    box.append(stage, label, buttons.length > 1 ? picks : caption);
    looks.querySelector(".look.before").remove();
    afters.forEach((figure) => figure.remove());
    looks.prepend(box);
    pick(0);
    cut(50);
  };
  const cards = all("article.card");
  if ("IntersectionObserver" in window) {
    const near = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (!entry.isIntersecting) continue;
          near.unobserve(entry.target);
          compare(entry.target);
        }
      },
      { rootMargin: "600px" },
    );
    cards.forEach((card) => near.observe(card));
  } else cards.forEach(compare);
  window.addEventListener("beforeprint", () => {
    for (const each of all("details")) each.open = true;
    for (const each of all("img")) each.loading = "eager";
  });

  // Filters: a row of the grid and its card come and go together.
  const form = document.querySelector(".filters");
  if (form) {
    const rows = new Map(all("tr[data-card]").map((row) => [`a${row.dataset.card}`, row]));
    const find = document.getElementById("find");
    const kind = document.getElementById("kind");
    const route = document.getElementById("route");
    const chips = all(".chip", form);
    const shown = document.getElementById("shown");
    const apply = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((c) => c.dataset.verdict);
      let count = 0;
      for (const card of cards) {
        const there = route && route.value ? [card.dataset.cells.split(",")[Number(route.value)]] : card.dataset.verdicts.split(" ");
        const fits =
          words.every((word) => card.dataset.name.includes(word)) &&
          (!kind || !kind.value || card.dataset.kind === kind.value) &&
          (!(route && route.value) || there[0] !== "-") &&
          (!wanted.length || wanted.some((verdict) => there.includes(verdict)));
        card.hidden = !fits;
        rows.get(card.id).hidden = !fits;
        count += fits;
      }
      shown.textContent = count === cards.length ? `All ${count} assets` : `${count} of ${cards.length} assets`;
    };
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const chip of chips)
      chip.addEventListener("click", () => {
        chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
        apply();
      });
    apply();
  }

  // Moving pictures can be stopped, and stand still where the reader's system asks for it (WCAG 2.2.2).
  const motion = document.getElementById("motion");
  const moving = all("img[data-still]");
  if (!moving.length) {
    if (motion) motion.hidden = true;
    return;
  }
  let still = false;
  const set = (value) => {
    still = value;
    for (const image of moving) {
      if (!image.dataset.moving) image.dataset.moving = image.src;
      image.src = still ? image.dataset.still : image.dataset.moving;
    }
    if (motion) motion.textContent = still ? "Play motion" : "Pause motion";
  };
  if (motion) motion.addEventListener("click", () => set(!still));
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) set(true);
})();
