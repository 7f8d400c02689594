"""What people do in Mautic before the processes start to die."""

from datetime import timedelta

#: Where Mautic says its pages are, whatever port it listens on.
SITE = "https://mautic.example.org"
DAYS = 12
#: Whose whole story is one delivery: nothing of it can arrive out of order.
AT_ONCE = "ineens"
#: Scattered people that take part in merges; they sign up nowhere.
MERGING = 8
PAGES = ("podcast-zero-trust", "blog-incident", "hackathon", "hackathon-programme")


class Lives:
    """What people do: scattered over many deliveries, or told in a single one."""

    def __init__(self, world, content, chance):
        self.world, self.content, self.chance = world, content, chance
        self.mautic, self.clock = world.mautic, world.clock

    def live(self, people):
        """Let so many live scattered, and as many told at once; then some merge."""
        scattered = [self._known(f"verspreid{number}") for number in range(people)]
        begin = self.clock.at
        for day in range(DAYS):
            for number, who in enumerate(scattered):
                self.clock.at = begin + timedelta(days=day, minutes=7 * number)
                self._act(who, number)
        self.clock.at = begin + timedelta(days=DAYS)
        self._merge(scattered)
        self.mautic.switches.queue_mode = True
        for number in range(people):
            self.clock.at = begin + timedelta(hours=number)
            self._in_one_delivery(f"{AT_ONCE}{number}", number)
        self.mautic.switches.queue_mode = False

    def _known(self, name):
        who = self.mautic.visitor()
        values = {"email": f"{name}@example.com", "firstname": name.capitalize()}
        who.submit_form(self.content["newsletter"], {**values, "lastname": "Jansen"})
        return who

    def _act(self, who, number):
        match self.chance.randrange(8):
            case 0 | 1 | 2:
                who.visit_page(self.chance.choice(PAGES))
            case 3:
                self._mail(who)
            case 4:
                who.visit_url("https://www.example.org/blog/1", title="Blog")
            case 5 if number >= MERGING:
                self._sign_up(who, f"verspreid{number}")
            case _:
                return

    def _mail(self, who):
        mail = self.content["mail-hackathon"]
        self.mautic.send_email(mail, who.contact_id)
        self.clock.wait(minutes=2)
        who.open_email(mail)
        self.clock.wait(minutes=1)
        who.click_email(mail, f"{SITE}/hackathon")

    def _sign_up(self, who, name):
        values = {"email": f"{name}@example.com", "firstname": name.capitalize()}
        who.submit_form(self.content["sign-up-form"], {**values, "lastname": "Jansen"})

    def _merge(self, scattered):
        """Merge some pairs either way round; delete one contact."""
        ids = [who.contact_id for who in scattered]
        for first, second in zip(ids[0:MERGING:4], ids[1:MERGING:4], strict=True):
            self.mautic.merge(first, second)
            self.clock.wait(minutes=1)
        for first, second in zip(ids[2:MERGING:4], ids[3:MERGING:4], strict=True):
            self.mautic.merge(second, first)
            self.clock.wait(minutes=1)

    def _in_one_delivery(self, name, number):
        who = self._known(name)
        for day in range(4):
            self.clock.wait(days=1)
            self._mail(who) if day % 2 else who.visit_page("hackathon-programme")
        if number % 2:
            self.clock.wait(hours=3)
            self._sign_up(who, name)
        self.mautic.process(10_000)
