// The card page: Stripe's fields are mounted, and its name for the card is sent in the card's place.
// On the page after it, the bank checks its customer and the browser goes on to the payment.

const look = (place) => {
  const drawn = getComputedStyle(place);
  return { base: { color: drawn.color, fontFamily: drawn.fontFamily, fontSize: "16px" } };
};

const takeCard = (form, stripe) => {
  const trouble = document.getElementById("card-trouble");
  const button = document.getElementById("card-pay");
  if (!stripe) {
    trouble.textContent = form.dataset.missing;
    return;
  }
  const place = document.getElementById("card");
  const card = stripe.elements().create("card", { style: look(place) });
  card.mount(place);
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    trouble.textContent = "";
    try {
      const { paymentMethod, error } = await stripe.createPaymentMethod({ type: "card", card });
      if (error) throw error;
      form.elements.method.value = paymentMethod.id;
      form.submit();
    } catch (refused) {
      trouble.textContent = refused.message || form.dataset.failed;
      button.disabled = false;
    }
  });
};

const letBankCheck = async (place, stripe) => {
  // However it ended: the payment's page asks Stripe, and says it in words.
  if (stripe) await stripe.confirmCardPayment(place.dataset.secret);
  location.replace(place.dataset.next);
};

const form = document.getElementById("card-form");
const place = document.getElementById("card-check");
const { publishable, locale } = (form ?? place).dataset;
const stripe = window.Stripe?.(publishable, { locale });
if (form) takeCard(form, stripe);
else letBankCheck(place, stripe);
