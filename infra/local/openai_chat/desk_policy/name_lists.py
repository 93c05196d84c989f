"""Words that are hardly ever names, and first names that are common: general English, for judging what was heard."""

from __future__ import annotations

COMMON_WORDS = frozenset(
    """
a about above actually after afternoon again ago alignment all almost already also always am an and another any anyone
anything anytime anyway apple appointment are arm arms around art as ask at august available away baby back bad ball
band bank bar barn bath battery be beach bear because bed been before being best better between big bird bit blood
blue board boat body bone book booked booking both bottle bottom bowl box boy brake brakes bread break breath bridge
bright bring broken bucket build building bus busy but butter button buy by cake call called calling came camp can
can't cancel candle cap car carry cars case cat cause chair chance change cheap check cheese child children choose
circle city class clean clear clothes cloud coat coffee cold color come coming company cook cool coolant copy corn
corner correct cost cotton could couldn't count country couple course cover cow crash cream cross cry cup customer cut
damn dance danger dark day days dead deal dear december deep desk diagnosis diagnostic did didn't different dinner
dirt dirty dish do doctor does doesn't dog doing dollar dollars don't done door double down dream dress drink drive
driver driving drop dry during dust each ear earlier earliest early earth east easy eat edge egg eight eighteen eighth
eighty either eleven else end engine enough even evening ever every everything exactly eye eyes face fact fall family
far farm fast fat father fear february feel feet fence few field fifteen fifth fifty fight fill filter find fine fire
first fish five fix fixed flat floor flower fluid fly food foot for force forget forgot fork form forty four fourteen
fourth frame free fresh friday friend friends from front fruit full fun funny game garage garden gas gate get gets
getting gift girl give glad glass go goes going gold gone gonna good got grass gray great grey grinding ground group
grow guess gun guy had hair half hand hands hang happy hard has hat have haven't having he head health hear heart heat
heavy hello help her here hey hi high him his hit hold hole home hope horse hospital hot hotel hour hours house how
however human hundred hungry hurry hurt i i'd i'll i'm i've ice idea if in inch inside inspected inspection instead
into iron is isn't it it'll it's its january job join july jump june just keep key keys kick kid kids kind kitchen
knee knife knock know lady lake land large larger last late later laugh law lead leaf leak leaking learn least leave
left leg legs less lesson let let's letter letters lid life lift light like line lip list little live load local log
long look looking looks lose lost lot love low lower luck lunch ma'am machine mad made mail main maintenance make
makes making many map march mark's match mate matter may maybe me meal mean meat meet meeting men message met middle
might mile mileage miles milk mind mine minute minutes miss missus mistake mister mix model moment monday mondays
money monkey month moon more morning most mother motor mountain mouse mouth move movie mr mrs much music must my
myself nail name name's names narrow near neck need needed needs neither never new news next nice night nine nineteen
ninety ninth no nobody noise none noon nope nor nose not note nothing november now number nurse o'clock oak ocean
oclock october odd of off office often oh oil ok okay old on once one only onto open option or orange order other
others ought our out outside over own page paint pair pan paper pardon parent part party pass past path pay peace pen
pencil people pepper perfect person pet phone pick picture piece pig pin pink pipe place plan plane plant plate play
player please plus point pool poor possible pot power press pretty price print probably problem pull purple push put
quarter queen question quick quiet quite rabbit race radio rain ran rat rather raw reach read ready real really reason
red rent repair repairs reschedule rest rice rich ride right ring river road rock roof room rope rotate rotated
rotation rough round row rub rule run sad safe said sail salt same sand sandwich saturday save saw say saying says
schedule school sea seat second see seed seems sell send sense sent september service set seven seventeen seventh
seventy several shade shaking shall shape share she sheep sheet shelf shell shine ship shirt shoe shoes shoot shop
short shot should shouldn't show shower shut sick side sign silver simple since sing sink sir sister sit six sixteen
sixth sixty size skin skip sky sleep slot slow small smart smell smile smoke snake snow so soap soft sold some
somebody someone something sometime somewhere song soon sorry sort sound sounds soup south space speak speed spell
spelled spelling spoon sport spot spring square squeaking squealing stage stair stand star start started starting
station stay steam steel step stick still stone stop store storm story straight strange stream street string strong
stuff such sudden sugar suit summer sun sunday supper sure surname sweet swim table tail take taken talk tall tank
tape taste tea teach team tear telephone tell ten tent tenth test text than thank thanks that that'd that'll that's
the their them then there there's these they they're thick thin thing things think third thirteen thirty this those
though thought thousand three throat through throw thumb thursday ticket tie tiger tight till time times tiny tire
tires to today toe together told tomorrow tonight too took tool tooth top total touch town toy track traffic train
transmission trash travel tree trick tried trip trouble trousers truck true truth try tube tuesday tune turkey turn
twelve twenty twice two type ugly uncle under understand unit until up upon us use used usual usually value vegetable
vehicle very vibrating view visit voice wait waiting wake walk wall want wanted wants was wash wasn't waste watch
water wax way we we'd we'll we're we've weak wear weather wednesday week weekend weeks weight well went were west wet
what what's whatever wheat wheel wheels when where which while whistle white who who's whole why wide wife wild will
wind window windshield wing winner winter wiper wipers wire wish with without wolf woman won't wonder wondering wood
wooden word words work works world worry worse worst would wouldn't write wrong yard yeah year years yellow yep yes
yesterday yet you you'd you'll you're you've your yours yup zero zip zoo
""".split()  # noqa: SIM905
)

FIRST_NAMES = frozenset(
    """
aaron abigail adam adrian aisha alan albert alejandro alex alexander alexandra alexis alice alicia alison allison
amanda amber amy ana andrea andrew angel angela angelica anita ann anna anne anthony antonio april ariana ashley
audrey austin barbara beatrice ben benjamin bernard beth betty beverly bill billy blake bob bobby brad bradley brandon
brenda brent brian brianna bridget brittany bruce bryan caleb cameron carl carla carlos carmen carol caroline carolyn
carrie catherine cathy cecilia chad charles charlotte chelsea cheryl chloe chris christian christina christine
christopher cindy claire clara claudia cody colin connie connor corey courtney craig crystal curtis cynthia dale dan
dana daniel danielle danny darlene darren dave david dawn dean deborah debra deepak dennis derek derrick diana diane
diego dominic don donald donna doris dorothy doug douglas dustin dylan earl eddie eduardo edward edwin eileen elaine
eleanor elena elijah elizabeth ella ellen emily emma eric erica erik erika erin ethan eugene eva evan evelyn fatima
felix fernando florence frances francis francisco frank fred gabriel gabriela gail gary george gerald gina glen glenn
gloria gordon grace greg gregory gwen hailey hannah harold harry heather hector heidi helen henry holly howard hugo
ian irene isaac isabel isabella ivan jack jackie jackson jacob jacqueline jaime jake james jamie jane janet janice
jared jasmine jason javier jay jean jeff jeffrey jen jenna jennifer jenny jeremy jerry jesse jessica jesus jill jim
jimmy jo joan joanna joanne joe joel john johnny jon jonathan jordan jorge jose joseph josh joshua joy joyce juan
juanita judith judy julia julian julie justin kaitlyn karen karl kate katherine kathleen kathryn kathy katie kayla
keith kelly kelsey ken kenneth kevin kim kimberly kirk kristen kristin kristina kurt kyle lance larry laura lauren
lawrence lee leo leon leonard leslie lily linda lindsay lindsey lisa liz logan lois lori louis louise lucas lucy luis
luke lydia lynn madison malik manuel marcia marco marcus margaret maria marie marilyn mario marion marisol marjorie
mark marsha martha martin marvin mary mason matt matthew maureen max megan melanie melinda melissa mia michael michele
michelle miguel mike mildred miranda mitchell mohammed molly monica monique morgan nancy natalie natasha nathan neil
nicholas nick nicole nina noah noel nora norma norman olivia omar oscar owen pam pamela patricia patrick paul paula
pauline pedro peggy penny pete peter phil philip phillip phyllis priya rachel ralph ramon randy raul ray raymond
rebecca regina renee rhonda ricardo richard rick ricky rita rob robert roberta robin roger roland ron ronald rosa rose
rosemary ross roy ruben russell ruth ryan sabrina sally sam samantha samuel sandra sandy sara sarah scott sean sergio
seth shane shannon sharon shawn sheila shelby shelly sherry shirley sierra simon sofia sophia spencer stacey stacy
stanley stella stephanie stephen steve steven stuart sue susan suzanne sylvia tamara tammy tanya tara taylor ted
teresa terry theodore theresa thomas tiffany tim timothy tina todd tom tommy toni tony tracey tracy travis trevor
tyler valerie vanessa vera veronica vicki victor victoria vincent virginia vivian walter wanda warren wayne wendy
wesley whitney william xavier yolanda yvonne zachary zoe
""".split()  # noqa: SIM905
)

# Ordinary words that many people are called by.
SURNAMES = frozenset(
    """
banks bell bird black booker brown bush case cook cross day field fields fox frost glass gold grant gray green hall
hardy hill hunt king knight lake lane law little long lord love marsh mason miles moon nail noble north page park
parks price queen rice rich rose sharp short silver small snow stone strong summer summers sweet swift walker waters
wells west white winter winters wolf wood woods young
""".split()  # noqa: SIM905
)
